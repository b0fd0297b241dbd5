import type { EventView } from '@/api/schema'

/** What each duty of deciding is about: the last of these steps. */
const ABOUT: Record<string, readonly string[]> = {
  replied: ['reply', 'unit_approve'],
  return_review: ['return'],
  revisiting: ['rate', 'revisit'],
  refused: ['appeal_refusal', 'refuse'],
  received: ['propose_final', 'refuse'],
  closed: ['propose_final'],
  paused: ['pause'],
  signed: ['request_extension', 'progress'],
  dispatched: ['request_extension'],
}

/** The step a decision waits for, by the state the order is in; a reply that was reviewed inside is the reply itself. */
export function askedIn(events: readonly EventView[], state: string): EventView | undefined {
  const wanted = ABOUT[state] ?? []
  for (let at = events.length - 1; at >= 0; at -= 1) {
    const event = events[at]!
    if (wanted.includes(event.verb) && event.said.length > 0) return event
  }
  return undefined
}
