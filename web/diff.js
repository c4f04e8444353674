// Which lines of a text are not in another one.

const MAX_LINES = 2000;

/// For each line of `ours`, whether it is part of a longest common subsequence with `theirs`.
function kept(ours, theirs) {
  const width = theirs.length + 1;
  const best = new Uint32Array((ours.length + 1) * width);
  for (let i = ours.length - 1; i >= 0; i -= 1) {
    for (let j = theirs.length - 1; j >= 0; j -= 1) {
      const here = i * width + j;
      best[here] = ours[i] === theirs[j] ? best[here + width + 1] + 1 : Math.max(best[here + width], best[here + 1]);
    }
  }
  const lines = [];
  let j = 0;
  for (let i = 0; i < ours.length; i += 1) {
    while (j < theirs.length && ours[i] !== theirs[j] && best[i * width + j + 1] > best[(i + 1) * width + j]) j += 1;
    const same = j < theirs.length && ours[i] === theirs[j];
    lines.push(same);
    if (same) j += 1;
  }
  return lines;
}

/// The lines of `text`: {text, changed}, where a changed one is not in `other`.
export function changes(text, other) {
  const ours = text.split("\n");
  const theirs = other.split("\n");
  if (ours.length > MAX_LINES || theirs.length > MAX_LINES) {
    const known = new Set(theirs);
    return ours.map((line) => ({ text: line, changed: !known.has(line) }));
  }
  // The comma after the last member comes and goes with the members after it.
  const bare = (line) => line.replace(/,$/, "");
  const same = kept(ours.map(bare), theirs.map(bare));
  return ours.map((line, index) => ({ text: line, changed: !same[index] }));
}
