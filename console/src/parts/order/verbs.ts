import type { VerbView } from '@/api/schema'

/** Of what may be done, what is usually the next step: the first of these that is offered is drawn as such. */
const USUAL = [
  'sign', 'confirm_refusal', 'dispatch', 'reply', 'assist_done', 'unit_approve', 'approve_reply', 'approve_return', 'decide_extension',
  'answer_supervision', 'acknowledge', 'answer', 'prepare', 'revisit', 'rate', 'redo', 'finalise', 'resume',
]
/** Its opposite stands beside a decision. */
const BESIDE: Record<string, string> = { approve_reply: 'reject_reply', approve_return: 'reject_return', unit_approve: 'unit_reject', redo: 'decline_redo', dispatch: 'prepare' }

export interface Sorted {
  first: VerbView[]
  others: VerbView[]
  grave: VerbView[]
}

/** The usual next step with its opposite, the others, and apart those that end the matter. */
export function sorted(verbs: readonly VerbView[]): Sorted {
  const name = USUAL.find((one) => verbs.some(({ verb }) => verb === one))
  const wanted = name ? [name, BESIDE[name]] : []
  const first = wanted.flatMap((one) => verbs.filter(({ verb }) => verb === one))
  const rest = verbs.filter((one) => !first.includes(one))
  return { first, others: rest.filter(({ danger }) => !danger), grave: rest.filter(({ danger }) => danger) }
}
