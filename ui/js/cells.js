// The strips as buttons: a click, Enter or Space chooses a cell, arrows go from cell to cell within a strip.
// The HTML is made by ui/strips.py, which escapes every name.
export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.strips');
  const focused = root.getRootNode().activeElement?.dataset?.code;
  root.innerHTML = data.html;
  for (const strip of root.querySelectorAll('[role=group]')) {
    const cells = [...strip.querySelectorAll('button')];
    cells.forEach((cell, n) => { cell.tabIndex = n ? -1 : 0; });
    strip.onkeydown = (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const at = cells.indexOf(event.target);
      const next = step && cells[at + step];
      if (!next) return;
      event.preventDefault();
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    };
  }
  root.onclick = (event) => {
    const cell = event.target.closest('button[data-key]');
    if (cell) setTriggerValue('chosen', `${cell.dataset.key}:${cell.dataset.code}`);
  };
  if (focused) root.querySelector(`button[data-code="${CSS.escape(focused)}"]`)?.focus();
}
