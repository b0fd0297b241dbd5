import { useQuery, type UseQueryReturnType } from '@tanstack/vue-query'
import type { RouteLocationRaw } from 'vue-router'
import type { Composer } from 'vue-i18n'
import { onScopeDispose } from 'vue'
import { api, ask } from '@/api/client'
import { onChange } from '@/api/live'
import type { Board, Figures, Tally, Trend } from '@/api/schema'
import { useWords } from '@/words'
import * as words from './words'

/** Also without a change: clocks turn yellow and red by themselves. */
const EVERY = 30_000
/** The server shares an answer for three seconds: what it says at once after a change may be older than that change. */
const SHARED = 3_500
const DAY = 86_400_000

export function useBoardWords(): Composer {
  return useWords('board', words)
}

export function useBoard(): UseQueryReturnType<Board, Error> {
  const read = useQuery({ queryKey: ['board', 'now'], queryFn: () => ask(api.GET('/api/v1/board')), refetchInterval: EVERY }) as UseQueryReturnType<Board, Error>
  let due: ReturnType<typeof setTimeout> | undefined
  const stop = onChange(() => {
    due ??= setTimeout(() => {
      due = undefined
      void read.refetch()
    }, SHARED)
  })
  onScopeDispose(() => {
    stop()
    clearTimeout(due)
  })
  return read
}

/** Days before the board's today, both included. */
function before(today: string, days: number): string {
  return new Date(Date.parse(`${today}T00:00:00Z`) - (days - 1) * DAY).toISOString().slice(0, 10)
}

export function useTrend(today: () => string | undefined, days: number): UseQueryReturnType<Trend, Error> {
  return useQuery({
    queryKey: ['indicators', 'days', today],
    queryFn: () => ask(api.GET('/api/v1/indicators/days', { params: { query: { names: 'accepted,closed', from: before(today()!, days), to: today()! } } })),
    enabled: () => today() !== undefined,
    refetchInterval: EVERY,
  })
}

/** The figures of this month so far. */
export function useMonth(): UseQueryReturnType<Figures, Error> {
  return useQuery({ queryKey: ['indicators', 'month'], queryFn: () => ask(api.GET('/api/v1/indicators')), refetchInterval: EVERY })
}

/** Where the orders of a figure are listed. */
export function listed({ source, filter }: Pick<Tally, 'source' | 'filter'>): RouteLocationRaw {
  if (source !== 'indicators') return { name: 'board-orders', params: { source }, query: filter }
  const { name, ...query } = filter
  return { path: `/indicators/${name?.[0]}/orders`, query: { ...query, by: 'all' } }
}
