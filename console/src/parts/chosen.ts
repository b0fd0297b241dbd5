import { computed, shallowRef, type ComputedRef, type Ref, type WritableComputedRef } from 'vue'

export interface Chosen<Item> {
  /** Numbers, for OrderTable. */
  selected: WritableComputedRef<string[]>
  rows: ComputedRef<Item[]>
}

/** Chosen rows of a list, as they were seen when they were chosen: an act of a batch is made against that version. */
export function useChosen<Item extends { number: string }>(items: Ref<Item[]>): Chosen<Item> {
  const chosen = shallowRef(new Map<string, Item>())
  return {
    selected: computed({
      get: () => [...chosen.value.keys()],
      set: (numbers) => {
        const known = new Map(items.value.map((row) => [row.number, row]))
        chosen.value = new Map(
          numbers.flatMap((number) => {
            const row = chosen.value.get(number) ?? known.get(number)
            return row ? [[number, row] as const] : []
          }),
        )
      },
    }),
    rows: computed(() => [...chosen.value.values()]),
  }
}
