import type { Brief, Owed } from '@/api/schema'

/** An order as the list of a desk shows it, with the clocks that run for whoever looks. */
export interface Card {
  number: string
  version: number
  title: string
  state: string
  urgency: string
  lane: string | null
  /** Who owes it, where that is not the reader. */
  owner: string
  /** Act that waits for the unit's reviewer. */
  pending: string | null
  /** What lists are asked for: urged, sent_back. */
  marks: readonly string[]
  clocks: Clock[]
  at?: string
}

interface Clock {
  duty: string
  due: string
  colour: Owed['colour']
}

/** One card an order, in the order of its nearest clock: what is owed of one order stands together. */
export function cardsOfWork(owed: readonly Owed[]): Card[] {
  const cards = new Map<string, Card>()
  for (const one of owed) {
    const { number, version, title, state, urgency, lane, pending, marks } = one
    const card = cards.get(number) ?? { number, version, title, state, urgency, lane, pending, marks, owner: one.unit_name ?? '', clocks: [] }
    card.clocks.push({ duty: one.duty, due: one.due_at, colour: one.colour })
    cards.set(number, card)
  }
  return [...cards.values()]
}

export function cardsOfOrders(orders: readonly Brief[]): Card[] {
  return orders.map(({ number, version, title, state, urgency, lane, last_at, lead_unit_name }) => ({
    number,
    version,
    title,
    state,
    urgency,
    lane: lane ?? null,
    pending: null,
    marks: [],
    owner: lead_unit_name ?? '',
    clocks: [],
    at: last_at,
  }))
}
