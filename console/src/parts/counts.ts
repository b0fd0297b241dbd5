import { useQuery } from '@tanstack/vue-query'
import { computed, type ComputedRef } from 'vue'
import { api, ask } from '@/api/client'
import type { WorkCounts } from '@/api/schema'

export interface Counted {
  all: number
  red: number
}

/** How much of each kind of duty the account owes; loaded anew as orders change. */
export function useCounts(): { counts: ComputedRef<WorkCounts | undefined>; of: (duty: string) => Counted } {
  const { data } = useQuery({ queryKey: ['worklist', 'counts'], queryFn: () => ask(api.GET('/api/v1/worklist/counts')) })
  const known = computed(() => new Map((data.value?.items ?? []).map((item) => [item.duty as string, item])))
  return {
    counts: computed(() => data.value),
    of: (duty) => {
      const found = known.value.get(duty)
      return found ? { all: found.green + found.yellow + found.red, red: found.red } : { all: 0, red: 0 }
    },
  }
}
