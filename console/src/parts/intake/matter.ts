import type { Brief } from '@/api/schema'
import { unique } from '../unique'
import type { Values } from '../form/schema'
import { groupOf } from './fields'

/** What a desk does with a matter as it registers it; `keep`: it stays to be handled later. */
export const OUTCOMES = ['answer', 'prepare', 'refuse', 'transfer', 'keep'] as const
export type Outcome = (typeof OUTCOMES)[number]
export type Verb = Exclude<Outcome, 'keep'>
export type Form = 'register' | Verb

/** All that is typed for one matter: what the draft keeps. */
export interface Matter {
  /** Idempotency-Key: however often it is sent, it is registered once. */
  key: string
  values: Values
  outcome: Outcome
  /** What was typed for each outcome. */
  handling: Record<Verb, Values>
  /** Title of the knowledge item that the answer cites. */
  cited: string
  /** Fields that are rarely needed are shown. */
  whole: boolean
  /** Registered already; what is to be done with it is still to be sent. */
  made: { number: string; version: number; code: string | null } | null
  /** A submission that may or may not have arrived. */
  sent: string | null
}

/** What is read out when a matter is done with. */
export interface Receipt {
  number: string
  code: string | null
  /** As it stands; nothing where it is out of sight. */
  order: Brief | undefined
  /** A submission thought lost had arrived: what was changed after it is not in the order. */
  earlier: boolean
}

/** A matter nobody has typed anything of. */
export function fresh(defaults: Values): Matter {
  return {
    key: unique(),
    values: structuredClone(defaults),
    outcome: 'answer',
    handling: { answer: {}, prepare: {}, refuse: {}, transfer: {} },
    cited: '',
    whole: false,
    made: null,
    sent: null,
  }
}

/** Whether a person has typed anything. */
export function worthKeeping({ values, handling, made }: Matter): boolean {
  const typed = [values.content, values.title, values.address, handling.answer.text, handling.refuse.explanation, handling.transfer.reason]
  const caller = groupOf(values, 'caller')
  return made !== null || [...typed, caller.phone, caller.name].some((text) => typeof text === 'string' && text.trim() !== '')
}
