import { computed, ref, type ComputedRef, type Ref } from 'vue'
import { asProblem } from '@/api/problem'

export interface Task {
  number: string
  title: string
}
export type Outcome = 'waiting' | 'now' | 'ok' | 'failed' | 'stopped'
export interface Line extends Task {
  outcome: Outcome
  /** What came of it, in a sentence. */
  said: string
}

export interface Batch {
  lines: Ref<Line[]>
  running: Ref<boolean>
  ok: ComputedRef<number>
  failed: ComputedRef<Line[]>
  start: (tasks: readonly Task[], one: (number: string) => Promise<string>) => Promise<void>
  stop: () => void
  again: () => Promise<void>
}

/** One act on several orders, one after the other: each gets a line that says what came of it, none fails in silence. */
export function useBatch(): Batch {
  const lines = ref<Line[]>([])
  const running = ref(false)
  let stopped = false
  let act: (number: string) => Promise<string> = () => Promise.resolve('')

  async function run(): Promise<void> {
    running.value = true
    stopped = false
    for (const line of lines.value) {
      if (line.outcome === 'ok') continue
      if (stopped) {
        line.outcome = 'stopped'
        continue
      }
      line.outcome = 'now'
      try {
        line.said = await act(line.number)
        line.outcome = 'ok'
      } catch (error) {
        line.said = asProblem(error).sentence
        line.outcome = 'failed'
      }
    }
    running.value = false
  }

  return {
    lines,
    running,
    ok: computed(() => lines.value.filter(({ outcome }) => outcome === 'ok').length),
    failed: computed(() => lines.value.filter(({ outcome }) => outcome === 'failed' || outcome === 'stopped')),
    start: (tasks, one) => {
      lines.value = tasks.map(({ number, title }) => ({ number, title, outcome: 'waiting', said: '' }))
      act = one
      return run()
    },
    stop: () => (stopped = true),
    again: run,
  }
}
