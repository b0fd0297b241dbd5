/** One entry of a picker. */
export interface Picked {
  value: string | number
  label: string
  /** Beside it: a code, a place, why it cannot be chosen. */
  hint?: string
  disabled?: boolean
}

/** Entries whose label, hint or further words hold the text; at most so many, or the list is slow to draw. */
export function fitting<Item>(items: readonly Item[], text: string, words: (item: Item) => readonly (string | null | undefined)[], most = 60): Item[] {
  const wanted = text.toLowerCase()
  const found: Item[] = []
  for (const item of items) {
    if (wanted && !words(item).some((one) => one?.toLowerCase().includes(wanted))) continue
    found.push(item)
    if (found.length === most) break
  }
  return found
}
