import { useQuery } from '@tanstack/vue-query'
import { computed, onScopeDispose, type ComputedRef } from 'vue'
import { api, ask } from '@/api/client'
import { onChange } from '@/api/live'
import type { paths, WorkCounts } from '@/api/schema'

export type Of = NonNullable<NonNullable<paths['/api/v1/worklist/counts']['get']['parameters']['query']>['of']>

/** The server keeps its counts for three seconds: after a change they are asked for again when those are over. */
const KEPT = 3_500
/** And from time to time: the first answer may have been kept from before a change that this page never heard of. */
const AGAIN = 10_000

/** What is owed, counted. Asking keeps no session awake. */
export function useWorkCounts(of: Of = 'mine'): ComputedRef<WorkCounts | undefined> {
  const { data, refetch } = useQuery({
    queryKey: ['worklist', 'counts', of],
    queryFn: () => ask(api.GET('/api/v1/worklist/counts', { params: { query: { of } } })),
    refetchInterval: AGAIN,
  })
  let later: ReturnType<typeof setTimeout> | undefined
  const stop = onChange(() => (later ??= setTimeout(() => ((later = undefined), void refetch()), KEPT)))
  onScopeDispose(() => (stop(), clearTimeout(later)))
  return computed(() => data.value)
}

export interface Counted {
  all: number
  red: number
}

/** How much of each kind of duty the account owes. */
export function useCounts(): { counts: ComputedRef<WorkCounts | undefined>; of: (duty: string) => Counted } {
  const counts = useWorkCounts()
  const known = computed(() => new Map((counts.value?.items ?? []).map((item) => [item.duty as string, item])))
  return {
    counts,
    of: (duty) => {
      const found = known.value.get(duty)
      return found ? { all: found.green + found.yellow + found.red, red: found.red } : { all: 0, red: 0 }
    },
  }
}
