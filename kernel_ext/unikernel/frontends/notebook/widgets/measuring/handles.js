// Names for the handles of the sliders in a box, which ipywidgets leaves without one: a screen
// reader says the words and the value that stand beside the slider.

function name(box) {
  for (const handle of box.querySelectorAll('.noUi-handle')) {
    const row = handle.closest('.widget-inline-hbox');
    const words = row?.querySelector('.widget-label')?.textContent;
    const value = row?.querySelector('.widget-readout')?.textContent;
    if (words) handle.setAttribute('aria-label', words);
    if (value) handle.setAttribute('aria-valuetext', value);
  }
}

function render({ el }) {
  let frame = 0;
  const observer = new MutationObserver(() => name(el.closest('.widget-vbox')));
  const begin = () => {
    if (!el.isConnected) {
      frame = requestAnimationFrame(begin);
      return;
    }
    const box = el.closest('.widget-vbox');
    name(box);
    observer.observe(box, { subtree: true, childList: true, characterData: true });
  };
  begin();
  return () => {
    cancelAnimationFrame(frame);
    observer.disconnect();
  };
}

export default { render };
