import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type ComputedRef, type MaybeRefOrGetter } from 'vue'
import { api, ask } from '@/api/client'
import { asProblem, type Problem } from '@/api/problem'
import type { Attachment, Brief, DutyView, EventView, OrderView, VerbList } from '@/api/schema'

export interface TheOrder {
  order: ComputedRef<OrderView | undefined>
  events: ComputedRef<EventView[]>
  duties: ComputedRef<DutyView[]>
  verbs: ComputedRef<VerbList | undefined>
  files: ComputedRef<Attachment[]>
  related: ComputedRef<Brief[]>
  merged: ComputedRef<Brief[]>
  problem: ComputedRef<Problem | undefined>
}

/** All of one order; each part is loaded anew when a live change names it. */
export function useOrder(number: MaybeRefOrGetter<string>): TheOrder {
  const path = computed(() => ({ path: { number: toValue(number) } }))
  const key = (part: string): ComputedRef<readonly string[]> => computed(() => ['order', toValue(number), part])

  const order = useQuery({ queryKey: key('one'), queryFn: () => ask(api.GET('/api/v1/orders/{number}', { params: path.value })) })
  const found = computed(() => order.data.value !== undefined)
  const events = useQuery({ queryKey: key('events'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/events', { params: path.value })) })
  const duties = useQuery({ queryKey: key('duties'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/duties', { params: path.value })) })
  const verbs = useQuery({ queryKey: key('verbs'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/verbs', { params: path.value })) })
  const files = useQuery({ queryKey: key('files'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/attachments', { params: path.value })), enabled: found })
  // Of use to hotline roles alone: to the others the API says so, and the panel stays empty.
  const related = useQuery({ queryKey: key('related'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/related', { params: path.value })), enabled: found, retry: false })

  const merged = useQuery({ queryKey: key('merged'), queryFn: () => ask(api.GET('/api/v1/orders/{number}/merged', { params: path.value })), enabled: found })

  // The client's types lose fields that hold any object (facts, caller, body): they are named anew here.
  return {
    order: computed(() => order.data.value as OrderView | undefined),
    events: computed(() => (events.data.value?.items ?? []) as EventView[]),
    duties: computed(() => duties.data.value?.items ?? []),
    verbs: computed(() => verbs.data.value as VerbList | undefined),
    files: computed(() => files.data.value?.items ?? []),
    merged: computed(() => merged.data.value?.items ?? []),
    related: computed(() => related.data.value?.items ?? []),
    problem: computed(() => (order.error.value ? asProblem(order.error.value) : undefined)),
  }
}
