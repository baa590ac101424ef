/** Elements, their text, and when they are drawn. What comes from calls is only ever a text node. */

const drawing = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === 'function') node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(
    ...children.flat(2).filter((child) => child !== null && child !== undefined && child !== false),
  );
  return node;
}

/** An element: attributes (`onclick` … are listeners; nothing comes of null and false), then what is in it. */
export const h = (name, attributes = {}, ...children) =>
  fill(document.createElement(name), attributes, children);

/** The same in SVG. */
export const svg = (name, attributes = {}, ...children) =>
  fill(document.createElementNS(drawing, name), attributes, children);

/** Sets an element's text, and leaves it alone when it has it already. */
export function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Sets or takes off an attribute, and leaves it alone when it is so already. */
export function mark(node, name, value) {
  const off = value === null || value === undefined || value === false;
  if (off && node.hasAttribute(name)) node.removeAttribute(name);
  if (!off && node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
}

/** A function that has `draw` called once in the next frame, however often it is called before. */
export function perFrame(draw) {
  let due = 0;
  const ask = () => {
    due ||= requestAnimationFrame(() => {
      due = 0;
      draw();
    });
  };
  ask.stop = () => {
    cancelAnimationFrame(due);
    due = 0;
  };
  return ask;
}

/** Makes a parent's children those of `items`, each made once by its key and updated from then on. */
export function keep(parent, items, keyOf, make, update = () => {}) {
  const there = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  let after = null;
  for (const item of items) {
    const key = String(keyOf(item));
    let node = there.get(key);
    there.delete(key);
    if (!node) {
      node = make(item);
      node.dataset.key = key;
    }
    update(node, item);
    const place = after ? after.nextElementSibling : parent.firstElementChild;
    if (node !== place) parent.insertBefore(node, place);
    after = node;
  }
  for (const gone of there.values()) gone.remove();
}

/** A name and value for each pair, as a description list. */
export const facts = (pairs) =>
  h(
    'dl',
    { class: 'facts' },
    pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );

/** A bar that is so full; `fill` moves it. It shows when it is nearly full, unless that is nothing to mind. */
export function meter(label, isMinded = true) {
  const inner = h('i');
  const node = h('div', { class: 'meter', role: 'meter', 'aria-label': label, 'aria-valuemin': 0 }, inner);
  return {
    node,
    fill(value, most, text) {
      const share = most > 0 ? Math.min(1, Math.max(0, value / most)) : 0;
      inner.style.width = `${share * 100}%`;
      mark(node, 'data-tone', isMinded && share > 0.85 ? 'warn' : null);
      mark(node, 'aria-valuemax', most);
      mark(node, 'aria-valuenow', value);
      mark(node, 'aria-valuetext', text);
    },
  };
}
