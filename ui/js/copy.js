export default function ({ data, parentElement }) {
  const button = parentElement.querySelector("button");
  const label = button.querySelector(".label");
  const said = parentElement.querySelector("[role=status]");
  const byHand = parentElement.querySelector("label");
  const box = byHand.querySelector("textarea");
  const isNew = box.value !== data.text; // a rerun with the same text leaves what the reader sees alone
  parentElement.host?.style.setProperty("--second", data.colour);
  button.classList.toggle("framed", data.framed);
  if (isNew) {
    clearTimeout(button.timer);
    box.value = data.text;
    byHand.hidden = true;
    said.textContent = "";
    button.classList.remove("done");
    button.style.minWidth = "";
  }
  if (!button.classList.contains("done")) label.textContent = data.label;
  byHand.querySelector("span").textContent = data.by_hand;

  // Pages over plain http on an intranet have no navigator.clipboard: the older way works there, in every browser.
  const older = () => {
    const hidden = document.createElement("textarea");
    hidden.value = data.text;
    hidden.style.cssText = "position:fixed;top:0;left:0;opacity:0";
    document.body.append(hidden);
    hidden.focus({ preventScroll: true });
    hidden.select();
    try {
      return document.execCommand("copy");
    } catch {
      return false;
    } finally {
      hidden.remove();
      button.focus({ preventScroll: true });
    }
  };
  const newer = async () => {
    if (!window.isSecureContext || !navigator.clipboard) return false;
    try {
      await navigator.clipboard.writeText(data.text);
      return true;
    } catch {
      return false; // not permitted
    }
  };
  button.onclick = async () => {
    if ((await newer()) || older()) {
      byHand.hidden = true;
      button.style.minWidth = `${button.offsetWidth}px`; // the shorter word moves nothing beside it
      button.classList.add("done");
      label.textContent = data.done;
      said.textContent = data.done;
      clearTimeout(button.timer);
      button.timer = setTimeout(() => {
        button.classList.remove("done");
        button.style.minWidth = "";
        label.textContent = data.label;
        said.textContent = "";
      }, 4000);
    } else {
      byHand.hidden = false;
      box.focus();
      box.select();
    }
  };
}
