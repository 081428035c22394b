// A day of crowding played again. All of it is in `data`, made by ui/replay.py: a step asks the server nothing.
// Names become text nodes only. It plays when somebody presses Play, and never by itself.
const SVG = 'http://www.w3.org/2000/svg';
const LISTED = 8, NARROW = 640, COARSE = 500;

// [index, value, index, value, ...] -> a value an index; each holds until the next.
function series(pairs, n) {
  const found = new Array(n);
  for (let i = 0; i < pairs.length; i += 2) found.fill(pairs[i + 1], pairs[i], pairs[i + 2] ?? n);
  return found;
}

function fill(form, fields) {
  return form.replace(/\{(\w+)\}/g, (whole, name) => (name in fields ? fields[name] : whole));
}

function made(tag, cls, text) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text !== undefined) element.textContent = text;
  return element;
}

class Replay {
  constructor(root, data, choose) {
    this.root = root;
    this.data = data;
    this.choose = choose;
    this.words = data.words;
    this.at = data.start;
    this.timer = null;
    this.said = null; // the place whose words stand below the map
    this.places = data.places.map((place, n) => ({
      ...place, n, state: series(place.s, data.n), inside: series(place.p, data.n), disc: null, shown: null,
    }));
    this.areas = new Map(Object.entries(data.areas).map(([code, pairs]) => [code, series(pairs, data.n)]));
    this.counts = Object.fromEntries(Object.entries(data.counts).map(([name, pairs]) => [name, series(pairs, data.n)]));
    this.provisional = series(data.provisional, data.n);
    this.build();
    new ResizeObserver(() => this.fit()).observe(root);
    this.fit();
  }

  build() {
    const { root, words, data } = this;
    for (const [name, colour] of Object.entries(data.colours)) root.style.setProperty(`--${name}`, colour);
    root.setAttribute('role', 'group');
    root.setAttribute('aria-label', words.title);
    root.replaceChildren();
    const left = made('div', 'where'), right = made('div', 'what');
    if (data.html) {
      left.innerHTML = `<svg class="map" viewBox="${data.box}" role="group"><defs><pattern id="pantau-replay-hatch"` +
        ' width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">' +
        '<rect class="hatch-ground" width="7" height="7"/><path class="hatch-line" d="M0 0V7"/></pattern>' +
        // a disc is a unit circle, scaled
        '<pattern id="pantau-replay-disc" href="#pantau-replay-hatch" patternTransform="rotate(45) scale(.11)"/></defs>' +
        `${data.html}</svg>`;
      left.firstChild.setAttribute('aria-label', words.map);
      this.wire(left.firstChild);
    }
    this.line = made('p', 'said');
    left.append(this.line);
    this.clock = made('div', 'clock');
    this.count = made('p', 'counts');
    this.soft = made('p', 'provisional');
    this.list = made('div', 'list');
    right.append(made('h3', '', words.day), this.clock, this.count, this.soft);
    root.append(right, this.bar(), left, this.list);
  }

  wire(map) {
    const discs = [...map.querySelectorAll('.disc')];
    this.shapes = [...map.querySelectorAll('.kelurahan')];
    discs.forEach((disc, n) => {
      const place = this.places[Number(disc.dataset.n)];
      place.disc = disc;
      if (!n) disc.tabIndex = 0;
      disc.onclick = () => this.open(place);
      disc.onmouseenter = disc.onfocus = () => { this.said = place; this.say(); };
    });
    this.discs = map.querySelector('.discs');
    // One stop of the Tab key for all discs; arrows go from one to the next, west to east.
    const order = [...discs].sort((a, b) => a.dataset.x - b.dataset.x);
    map.onkeydown = (event) => {
      const at = order.indexOf(event.target);
      if (at < 0) return;
      if (event.key === 'Enter' || event.key === ' ') this.open(this.places[Number(event.target.dataset.n)]);
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      const next = step && order[at + step];
      if (!next && event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      if (!next) return;
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    };
  }

  bar() {
    const { words, data } = this;
    const bar = made('div', 'bar'), time = made('div', 'time');
    this.play = made('button', 'play');
    this.play.onclick = () => (this.timer ? this.stop() : this.start());
    const step = (by, sign, label) => {
      const button = made('button', '', sign);
      button.setAttribute('aria-label', label);
      button.onclick = () => { this.stop(); this.show(this.at + by); };
      return button;
    };
    this.slider = made('input');
    this.slider.type = 'range';
    this.slider.min = 0;
    this.slider.max = data.n - 1;
    this.slider.step = 1;
    this.slider.setAttribute('aria-label', words.slider);
    this.slider.oninput = () => { this.stop(); this.show(Number(this.slider.value)); };
    const ticks = made('div', 'ticks');
    ticks.setAttribute('aria-hidden', 'true');
    for (let n = 0; n <= 4; n += 1) {
      ticks.append(made('span', '', this.time(data.first + Math.round(n * data.n / 4) * data.step)));
    }
    const key = made('div', 'key');
    key.setAttribute('aria-hidden', 'true');
    for (const [name, css] of [['over', 'background:var(--ink)'],
      ['maybe', 'background:repeating-linear-gradient(45deg,var(--background) 0 2px,var(--hatch) 2px 4px)']]) {
      const item = made('span'), sign = made('i');
      sign.style.cssText = css;
      item.append(sign, words[name].toLowerCase());
      key.append(item);
    }
    key.append(made('span', '', fill(words.times, { n: this.most() })));
    time.append(this.times(), this.slider, ticks, key);
    bar.append(this.play, step(-1, '‹', words.earlier), step(1, '›', words.later), time);
    return bar;
  }

  most() {
    return Math.max(...this.counts.over.map((over, n) => over + this.counts.maybe[n]));
  }

  // How many are over and possibly over through the day, above the slider.
  times() {
    const { n } = this.data, most = Math.max(1, this.most());
    const svg = document.createElementNS(SVG, 'svg');
    svg.setAttribute('class', 'times');
    svg.setAttribute('viewBox', `0 0 ${n} 40`);
    svg.setAttribute('preserveAspectRatio', 'none');
    svg.setAttribute('aria-hidden', 'true');
    const path = (cls, d) => {
      const found = document.createElementNS(SVG, 'path');
      found.setAttribute('class', cls);
      found.setAttribute('d', d);
      svg.append(found);
    };
    const bars = (from, high) => from.map((v, i) => {
      const y = 39 - 36 * v / most, h = 36 * high[i] / most;
      return h ? `M${i} ${y}h1v${-h}h-1Z` : '';
    }).join('');
    path('over', bars(this.counts.over.map(() => 0), this.counts.over));
    path('maybe', bars(this.counts.over, this.counts.maybe));
    path('base', `M0 39.5H${n}`);
    return svg;
  }

  time(minutes) {
    const two = (v) => String(v).padStart(2, '0');
    return two(Math.floor(minutes / 60)) + this.words.mark + two(minutes % 60);
  }

  number(n) {
    return String(n).replace(/\B(?=(\d{3})+$)/g, this.words.thousands);
  }

  persons(place) {
    const found = place.inside[this.at];
    if (!found) return this.words.unknown;
    return found[0] === found[1] ? this.number(found[0]) : `${this.number(found[0])}-${this.number(found[1])}`;
  }

  start() {
    if (this.at >= this.data.n - 1) this.show(0);
    // Whoever wants less motion gets a quarter of an hour a second; else a day takes about half a minute.
    const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const by = calm ? Math.max(1, 15 / this.data.step) : 1;
    const wait = calm ? 1000 : this.data.step === 60 ? 700 : 110;
    this.timer = setInterval(() => {
      if (this.at + by > this.data.n - 1 || !this.root.isConnected) return this.stop();
      return this.show(this.at + by);
    }, wait);
    this.root.classList.add('playing');
    this.label();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    this.root.classList.remove('playing');
    this.label();
  }

  label() {
    this.play.textContent = this.timer ? `❚❚ ${this.words.pause}` : `▶ ${this.words.play}`;
    this.play.setAttribute('aria-label', this.timer ? this.words.pause : this.words.play);
  }

  open(place) {
    this.stop();
    this.choose(`${place.id}@${this.at}`);
  }

  fit() {
    const width = this.root.clientWidth;
    if (!width) return;
    this.root.classList.toggle('narrow', width < NARROW);
    this.coarse = width < COARSE;
    this.show(this.at);
  }

  show(at) {
    this.at = Math.max(0, Math.min(at, this.data.n - 1));
    const minutes = this.data.first + this.at * this.data.step;
    const counts = Object.fromEntries(Object.entries(this.counts).map(([name, values]) => [name, values[this.at]]));
    const judged = counts.over + counts.maybe + counts.within;
    const said = judged ? fill(this.words.counts, counts) : this.words.none_judged;
    const time = this.time(minutes) + (this.data.step === 60 ? `-${this.time(minutes + 60)}` : '');
    this.clock.textContent = time;
    this.count.textContent = said;
    const soft = this.provisional[this.at];
    this.soft.textContent = soft ? fill(this.words.provisional, { n: soft }) : '';
    this.slider.value = this.at;
    this.slider.setAttribute('aria-valuetext', `${time}; ${said}`);
    this.label();
    this.colour();
    this.say();
    this.name(judged);
  }

  colour() {
    if (!this.discs) return;
    const paint = (colour, what) => (colour === 'hatch' ? `url(#pantau-replay-${what})` : colour);
    this.discs.style.display = this.coarse ? 'none' : '';
    for (const shape of this.shapes) {
      const colour = this.coarse ? this.areas.get(shape.dataset.code)?.[this.at] ?? 'hatch' : '';
      shape.style.fill = colour && paint(colour, 'hatch');
    }
    const held = this.root.getRootNode().activeElement;
    for (const place of this.places) {
      if (!place.disc) continue;
      const state = place.state[this.at];
      place.disc.setAttribute('aria-label', this.about(place));
      if (state === place.shown) continue;
      place.shown = state;
      const [verdict, left, right, radius] = this.data.states[state];
      const { x, y } = place.disc.dataset;
      place.disc.setAttribute('transform', `translate(${x} ${y}) scale(${radius})`);
      place.disc.firstChild.style.fill = paint(left, 'disc');
      place.disc.children[1].style.fill = paint(right, 'disc');
      place.disc.dataset.verdict = verdict;
      // the worst on top; what has the focus is not moved, for it would lose it
      if (place.disc === held) continue;
      if (verdict === 'over' || verdict === 'maybe') this.discs.append(place.disc);
      else if (verdict === 'undecided') this.discs.prepend(place.disc);
    }
  }

  about(place) {
    const verdict = this.words.verdict[this.data.states[place.state[this.at]][0]];
    return `${fill(this.words.place, { name: place.name, persons: this.persons(place), of: place.of })}, ${verdict}`;
  }

  say() {
    const areas = this.coarse && this.discs ? this.words.areas : '';
    this.line.textContent = this.said && !this.coarse ? this.about(this.said) : areas;
  }

  // Those over and possibly over, the fullest first; buttons, so that keys reach what a press on a disc reaches.
  name(judged) {
    const held = this.root.getRootNode().activeElement?.dataset?.place;
    const groups = { over: [], maybe: [] };
    for (const place of this.places) groups[this.data.states[place.state[this.at]][0]]?.push(place);
    const high = (place) => place.inside[this.at]?.[1] ?? 0;
    this.list.replaceChildren();
    let left = LISTED;
    for (const [verdict, found] of Object.entries(groups)) {
      if (!found.length || !left) continue;
      found.sort((a, b) => high(b) - high(a) || a.n - b.n);
      const list = made('ul');
      for (const place of found.slice(0, left)) {
        const item = made('li'), button = made('button');
        button.append(made('span', '', place.name), made('span', '', `${this.persons(place)} / ${place.of}`));
        button.dataset.place = place.id;
        button.onclick = () => this.open(place);
        item.append(button);
        list.append(item);
      }
      left -= Math.min(left, found.length);
      this.list.append(made('h4', '', this.words[verdict]), list);
    }
    const n = groups.over.length + groups.maybe.length;
    if (n > LISTED) this.list.append(made('p', 'provisional', fill(this.words.more, { n: n - LISTED })));
    if (!n && judged) this.list.append(made('p', 'provisional', this.words.none));
    if (held) this.list.querySelector(`[data-place="${CSS.escape(held)}"]`)?.focus();
  }
}

export default function ({ parentElement, data, setTriggerValue }) {
  const root = parentElement.querySelector('.replay');
  const told = JSON.stringify(data);
  const choose = (what) => setTriggerValue('chosen', what);
  if (root.told === told) { // a rerun with the same day leaves the viewer's time and playing alone
    root.replay.choose = choose;
    return undefined;
  }
  root.replay?.stop();
  root.told = told;
  root.replay = new Replay(root, data, choose);
  return () => root.replay.stop();
}
