import type { List } from '@/parts/work/desk'

const SIGN = ['sign', 'assist_sign'] as const

/**
 * The lists of the unit desk. What a unit returned stays in its list while it is looked at; once granted, the order is
 * the unit's no more.
 */
export const LISTS = {
  sign: { work: { duty: [...SIGN] }, count: (counts) => counts.of(SIGN) },
  // Who has not signed owes the handling already: those stand in the list before.
  hand: { work: { duty: ['handling', 'first_contact'], state: ['signed'] }, count: (counts) => Math.max(counts.of(['handling']) - counts.of(['sign']), 0) },
  soon: { work: { colour: 'yellow' }, count: (counts) => counts.of([], 'yellow') },
  late: { work: { colour: 'red' }, count: (counts) => counts.of([], 'red') },
  sentBack: { work: { mark: 'sent_back', duty: ['handling'] }, count: (counts) => counts.sentBack },
  returned: { orders: { state: ['return_review'] }, count: (counts) => counts.of(['return_review']) },
  assist: { work: { duty: ['assist', 'assist_sign'] }, count: (counts) => counts.of(['assist', 'assist_sign']) },
  review: { work: { pending: true, duty: ['handling'] }, count: (counts) => counts.pending },
  supervised: { work: { duty: ['supervision'] }, count: (counts) => counts.of(['supervision']) },
  done: { orders: { state: ['replied', 'closed', 'revisiting', 'archived'] } },
} satisfies Record<string, List>

export type Tab = keyof typeof LISTS
export const TABS = Object.keys(LISTS) as Tab[]
