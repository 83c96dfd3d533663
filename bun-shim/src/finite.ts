/**
 * `JSON.stringify` that throws at NaN and the infinities, which would become null without a word.
 *
 * @throws RangeError that names the place, such as `data.tags[1] is NaN`
 */
export function stringifyFinite(message: object): string {
  const places = new Map<unknown, Place>();
  return JSON.stringify(message, function (this: unknown, key: string, value: unknown): unknown {
    if (typeof value === "number" && !Number.isFinite(value)) throw new RangeError(`${pathOf({ holder: this, key }, places)} is ${value}`);
    if (typeof value === "object" && value !== null) places.set(value, { holder: this, key });
    return value;
  });
}

interface Place {
  readonly holder: unknown;
  readonly key: string;
}

/** From the message to the value. The message itself is in an object that has no place, under a name that does not count. */
function pathOf(place: Place, places: ReadonlyMap<unknown, Place>): string {
  const steps: string[] = [];
  for (let at = place, above = places.get(at.holder); above !== undefined; at = above, above = places.get(at.holder)) {
    steps.push(Array.isArray(at.holder) ? `[${at.key}]` : `.${at.key}`);
  }
  return steps.toReversed().join("").slice(1);
}
