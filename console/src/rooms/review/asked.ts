import type { EventView, OrderView } from '@/api/schema'

/** Which step each duty of deciding is about. */
const ABOUT: Record<string, string> = {
  review: 'reply',
  refusal_confirm: 'refuse',
  return_review: 'return',
  extension_decision: 'request_extension',
  redo_decision: 'rate',
  final_decision: 'propose_final',
  appeal_decision: 'appeal_refusal',
  pause_review: 'pause',
  supervision: 'supervise',
}

/** The steps that wait for the hotline's decision, by the clocks that run for it: the last of each kind. */
export function askedOf(order: OrderView, events: readonly EventView[]): EventView[] {
  const owed = (order.duties ?? []).filter(({ unit, kind }) => unit === null && kind in ABOUT)
  return owed.flatMap(({ kind }) => events.findLast(({ verb }) => verb === ABOUT[kind]) ?? [])
}
