import pytest

from unikernel.guest.transcript import Transcript


def test_characters_split_between_pieces_are_whole():
    transcript = Transcript()
    pieces = [transcript.add(bytes([byte])) for byte in "é☺\n".encode()]
    assert "".join(pieces) == transcript.since(0) == "é☺\n"


def test_bad_bytes_are_shown_as_such():
    transcript = Transcript()
    transcript.add(b"a\xffb\xe2")
    transcript.add(b"", final=True)
    assert transcript.since(0) == "a\ufffdb\ufffd"


@pytest.mark.parametrize("piece", [1, 3, 10, 25, 1000])
def test_the_beginning_is_forgotten_and_positions_stay(piece):
    text = "".join(chr(ord("a") + number % 26) for number in range(1000))
    transcript = Transcript(limit=25)
    for at in range(0, len(text), piece):
        transcript.add(text[at : at + piece].encode())
    assert transcript.end == 1000
    assert transcript.since(0) == text[-25:]
    assert transcript.since(990) == text[-10:]
    assert transcript.since(1000) == ""
