import { keepPreviousData, useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, watch, type ComputedRef, type MaybeRefOrGetter, type Ref } from 'vue'
import { asProblem, type Problem } from '@/api/problem'

interface Page<Item> {
  items: Item[]
  next?: string | null
}

export interface Pages<Item> {
  items: ComputedRef<Item[]>
  busy: Ref<boolean>
  problem: ComputedRef<Problem | undefined>
  /** Number of the page, from 1. */
  at: ComputedRef<number>
  more: ComputedRef<boolean>
  next: () => void
  previous: () => void
  reload: () => void
}

/**
 * A list read page by page (keyset): one page is held at a time, so a change of somebody else costs one page anew.
 *
 * @param key what is asked for; its first word decides what makes it load anew (see api/live). A new key starts at page one.
 * @param read reads the page after a mark
 */
export function usePages<Item>(key: MaybeRefOrGetter<readonly unknown[]>, read: (after: string | undefined) => Promise<Page<Item>>): Pages<Item> {
  const marks = ref<string[]>([])
  const whole = computed(() => [...toValue(key), marks.value.at(-1) ?? ''])
  watch(() => JSON.stringify(toValue(key)), () => (marks.value = []))
  const { data, isFetching, error, refetch } = useQuery({
    queryKey: whole,
    queryFn: () => read(marks.value.at(-1)),
    placeholderData: keepPreviousData,
  })
  return {
    items: computed(() => data.value?.items ?? []),
    busy: isFetching,
    problem: computed(() => (error.value ? asProblem(error.value) : undefined)),
    at: computed(() => marks.value.length + 1),
    more: computed(() => Boolean(data.value?.next)),
    next: () => data.value?.next && marks.value.push(data.value.next),
    previous: () => void marks.value.pop(),
    reload: () => void refetch(),
  }
}
