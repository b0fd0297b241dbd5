import type { EventView } from '@/api/schema'

/** Duties that ask the managing body for a decision, in the order they are shown; the verb whose form stands open at first, and the steps that asked. */
export const DECISIONS = {
  extension_decision: { start: 'decide_extension', steps: ['request_extension'] },
  return_review: { start: 'adjudicate', steps: ['return'] },
  appeal_decision: { start: 'uphold_refusal', steps: ['appeal_refusal', 'refuse'] },
  final_decision: { start: 'finalise', steps: ['propose_final'] },
  redo_decision: { start: 'redo', steps: ['rate', 'revisit'] },
  pause_review: { start: 'resume', steps: ['pause'] },
} as const
export type Deciding = keyof typeof DECISIONS
export const DUTIES = Object.keys(DECISIONS) as Deciding[]

/** The step a decision waits for: the last of those that ask for it. */
export function askedBy(events: readonly EventView[], duty: Deciding): EventView | undefined {
  const steps: readonly string[] = DECISIONS[duty].steps
  return events.findLast(({ verb }) => steps.includes(verb))
}
