// The wall display: turns the scenes, swaps in new content, says when the server cannot be reached.
(() => {
  const POLL = 15000, PATIENCE = 10000;
  const body = document.body, place = document.getElementById("content");
  const cut = document.getElementById("cut"), heldMark = document.getElementById("held");
  const seconds = Number(body.dataset.seconds);
  let scene = 0, stood = 0, held = false, pictureAt = new Date(), cutSince = null;

  const scenes = () => [...place.querySelectorAll("[data-scene]")];

  function show() {
    const all = scenes();
    if (all.length) scene = ((scene % all.length) + all.length) % all.length;
    all.forEach((one, n) => { one.hidden = n !== scene; });
  }

  function turn(step) {
    scene += step;
    stood = 0;
    show();
  }

  function hold() {
    held = !held;
    stood = 0;
    heldMark.hidden = !held;
  }

  const two = (n) => String(n).padStart(2, "0");

  // '14.32' by the browser's clock; with the day once that is no longer today.
  function time(at) {
    const said = `${two(at.getHours())}.${two(at.getMinutes())}`;
    return at.toDateString() === new Date().toDateString() ? said : `${at.getDate()}/${at.getMonth() + 1} ${said}`;
  }

  function say() {
    body.classList.toggle("cut", cutSince !== null);
    cut.hidden = cutSince === null;
    const words = cutSince === null ? ""
      : body.dataset.cutOff.replace("{since}", time(cutSince)).replace("{last}", time(pictureAt));
    if (cut.textContent !== words) cut.textContent = words;
  }

  function swap(answer) {
    if (answer.version !== body.dataset.version) return location.reload();
    pictureAt = new Date();
    cutSince = null;
    if (answer.content === body.dataset.content) return;
    body.dataset.content = answer.content;
    place.innerHTML = answer.html;
    document.title = answer.title;
    show();
  }

  async function poll() {
    try {
      const answer = await fetch("layar/isi" + location.search, {
        cache: "no-cache", signal: AbortSignal.timeout(PATIENCE),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      swap(await answer.json());
    } catch (error) {
      cutSince ??= new Date();
    }
    say();
    setTimeout(poll, POLL);
  }

  addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") turn(-1);
    else if (event.key === "ArrowRight") turn(1);
    else if (event.key === " ") hold();
    else return;
    event.preventDefault();
  });
  setInterval(() => {
    stood += 1;
    if (!held && stood >= seconds) turn(1);
  }, 1000);
  show();
  setTimeout(poll, POLL);
})();
