// The paths by which a principal holds an entitlement: from a direct grant through groups, the shortest first. The
// algorithm is that of connector_host/query/access/access_paths.py, over the links in the page; tests compare the two.
const MOST_ENTITLEMENTS = 10000;
const MOST_STEPS = 20000;
const [SOURCE, TARGET, SHALLOW, ONLY] = [0, 1, 2, 3]; // of reviewData.edges

const edgesInto = new Map();
for (const edge of reviewData.edges) {
  if (!edgesInto.has(edge[TARGET])) edgesInto.set(edge[TARGET], []);
  edgesInto.get(edge[TARGET]).push(edge);
}

// Return {paths: [[entitlement, ...], ...], unexplained: [entitlement, ...], cut}; a path begins with a direct grant.
function why(who, entitlement, most) {
  const held = holding(who);
  const type = reviewData.who[who][TYPE];
  const walk = walkBack(held, type, entitlement);
  const paths = [];
  for (const path of walkPaths(walk, entitlement)) {
    if (path === null || paths.length === most) {
      walk.cut = true;
      break;
    }
    paths.push(path);
  }
  const own = held.has(entitlement) ? sourcesOf(held.get(entitlement)) : [];
  const last = new Set(paths.filter((path) => path.length > 1).map((path) => path.at(-2)));
  return { paths, unexplained: walk.cut ? [] : own.filter((source) => !last.has(source)), cut: walk.cut };
}

function walkBack(held, type, entitlement) {
  const walk = { edges: new Map(), direct: new Set(), cut: false };
  const queue = [entitlement];
  const met = new Set(queue);
  for (const target of queue) {
    const way = held.get(target);
    if (way !== undefined && isDirect(way)) walk.direct.add(target);
    const found = new Map();
    for (const edge of edgesInto.get(target) ?? []) {
      if (edge[SOURCE] === target || (edge[ONLY].length && !edge[ONLY].includes(type))) continue;
      const existing = found.get(edge[SOURCE]);
      if (!existing || existing[SHALLOW]) found.set(edge[SOURCE], edge); // of two links, prefer the one that is not shallow
    }
    for (const source of way === undefined ? [] : sourcesOf(way)) {
      if (!found.has(source)) found.set(source, [source, target, 0, []]);
    }
    const sorted = [...found.values()].sort((left, right) => left[SOURCE] - right[SOURCE]);
    walk.edges.set(target, sorted);
    for (const [source] of sorted) {
      if (met.has(source)) continue;
      if (met.size >= MOST_ENTITLEMENTS) {
        walk.cut = true;
        return walk;
      }
      met.add(source);
      queue.push(source);
    }
  }
  return walk;
}

const usable = (walk, edge) => !edge[SHALLOW] || walk.direct.has(edge[SOURCE]);

// Yield every path without a repeated entitlement; null when the limit of steps is reached.
function* walkPaths(walk, entitlement) {
  const away = distances(walk);
  if (!away.has(entitlement)) return;
  const heap = new Heap();
  let steps = 0;
  heap.push([away.get(entitlement), 0, steps, entitlement, []]);
  while (heap.size) {
    if (++steps > MOST_STEPS) {
      yield null;
      return;
    }
    const [, , , at, edges] = heap.pop();
    if (walk.direct.has(at)) yield [at, ...edges.map((edge) => edge[TARGET])];
    if (edges.length && edges[0][SHALLOW]) continue; // a shallow link passes on direct grants of its source only
    const seen = new Set([entitlement, ...edges.map((edge) => edge[SOURCE])]);
    for (const edge of walk.edges.get(at) ?? []) {
      if (!away.has(edge[SOURCE]) || seen.has(edge[SOURCE]) || !usable(walk, edge)) continue;
      const size = edges.length + 1;
      heap.push([size + away.get(edge[SOURCE]), -size, ++steps, edge[SOURCE], [edge, ...edges]]);
    }
  }
}

// Return the number of links between each entitlement and the nearest direct grant that leads to it.
function distances(walk) {
  const forward = new Map();
  for (const [target, edges] of walk.edges) {
    for (const edge of edges) {
      if (!usable(walk, edge)) continue;
      if (!forward.has(edge[SOURCE])) forward.set(edge[SOURCE], []);
      forward.get(edge[SOURCE]).push(target);
    }
  }
  const away = new Map([...walk.direct].map((at) => [at, 0]));
  for (const [at] of away) {
    for (const target of forward.get(at) ?? []) {
      if (!away.has(target)) away.set(target, away.get(at) + 1); // a map is iterated in insertion order
    }
  }
  return away;
}

// A heap of the smallest items: by length, then by distance to the end, then by age.
class Heap {
  #items = [];

  get size() {
    return this.#items.length;
  }

  push(item) {
    const items = this.#items;
    let at = items.push(item) - 1;
    while (at) {
      const parent = (at - 1) >> 1;
      if (!before(items[at], items[parent])) break;
      [items[at], items[parent]] = [items[parent], items[at]];
      at = parent;
    }
  }

  pop() {
    const items = this.#items;
    const first = items[0];
    const last = items.pop();
    if (items.length) {
      items[0] = last;
      for (let at = 0, child = 1; child < items.length; child = 2 * at + 1) {
        if (child + 1 < items.length && before(items[child + 1], items[child])) child += 1;
        if (!before(items[child], items[at])) break;
        [items[at], items[child]] = [items[child], items[at]];
        at = child;
      }
    }
    return first;
  }
}

function before(left, right) {
  for (let at = 0; at < 3; at += 1) if (left[at] !== right[at]) return left[at] < right[at];
  return false;
}
