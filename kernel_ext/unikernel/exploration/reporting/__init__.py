"""What an exploration says of itself: tables for people, the best, reasons, doubts."""
