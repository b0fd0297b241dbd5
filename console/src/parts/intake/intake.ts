import { useQuery } from '@tanstack/vue-query'
import { computed, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from 'vue'
import { api, ask } from '@/api/client'
import { asProblem, Problem } from '@/api/problem'
import { queries } from '@/api/queries'
import type { Appeal, Brief, OrderMade } from '@/api/schema'
import { me, roles } from '@/session'
import { useDraft, type Draft } from '../draft'
import { bodyOf, defaultsOf, missing, missingWays, type FormSchema, type Values } from '../form/schema'
import { act } from '../order/act'
import { zone } from '../time'
import { vocabulary } from '../vocabulary'
import { forKind, groupOf, isAsked, textOf, titleFrom } from './fields'
import { fresh, OUTCOMES, worthKeeping, type Form, type Matter, type Outcome, type Receipt, type Verb } from './matter'

export interface Intake {
  matter: Matter
  kind: ComputedRef<string>
  /** The form of registering, as this kind needs it; nothing while it is on its way. */
  form: ComputedRef<FormSchema | undefined>
  forms: Record<Form, Ref<FormSchema | undefined>>
  /** The form of the chosen outcome, as this kind needs it. */
  handling: ComputedRef<FormSchema | undefined>
  outcomes: ComputedRef<Outcome[]>
  /** Once registered it is no longer for this account to see. */
  outOfSight: ComputedRef<boolean>
  /** Fields that must be filled, and are not: by name, with what to do. */
  lacking: Ref<Record<string, string>>
  problem: ShallowRef<Problem | undefined>
  busy: Ref<boolean>
  receipt: ShallowRef<Receipt | undefined>
  draft: Draft<Matter>
  /** Makes it a matter of that kind. */
  choose: (kind: string) => void
  /** Sends it; true when it is done with. */
  submit: () => Promise<boolean>
  /** A fresh matter; what was typed is gone. */
  clear: () => Promise<void>
}

/** Taken from the content where it is left empty. */
const MAY_BE_MADE_UP = 'title'

function useForm(form: Form): Ref<FormSchema | undefined> {
  const { data } = useQuery(
    {
      queryKey: ['form', form],
      queryFn: () => ask(api.GET('/api/v1/forms/{form}', { params: { path: { form } } })),
      staleTime: Infinity,
    },
    queries,
  )
  return computed(() => data.value?.body as FormSchema | undefined)
}

/**
 * A desk where matters come in: what is typed, what must be, and sending it.
 *
 * @param desk name of the desk, for its drafts
 * @param start what a fresh matter holds: its channel, the kind that is most common
 * @param say the sentence for a field that is missing, and for one of several
 * @param also fields this desk asks of every kind
 */
export function useIntake(desk: string, start: Values, say: (titles: string) => string, also: readonly string[] = []): Intake {
  const forms = {
    register: useForm('register'),
    answer: useForm('answer'),
    prepare: useForm('prepare'),
    refuse: useForm('refuse'),
    transfer: useForm('transfer'),
  }
  const matter = reactive(fresh(start)) as Matter
  const draft = useDraft(desk, matter, worthKeeping)
  const lacking = ref<Record<string, string>>({})
  const problem = shallowRef<Problem>()
  const busy = ref(false)
  const receipt = shallowRef<Receipt>()
  /** The order as the last step left it. */
  const done = shallowRef<Brief>()
  const kind = computed(() => textOf(matter.values, 'kind'))

  /** A confidential matter is out of sight of who is not cleared, from registering on: somebody who is handles it. */
  const outOfSight = computed(() => {
    const confidential = groupOf(matter.values, 'caller').confidential === true || matter.values.secrecy === 'confidential'
    return confidential && me.value?.cleared !== true
  })
  const outcomes = computed<Outcome[]>(() => {
    if (outOfSight.value) return ['keep']
    const mine = new Set(
      vocabulary.value?.verbs.filter(({ known, roles: may }) => known && may.some((role) => roles.value.has(role))).map(({ value }) => value),
    )
    return OUTCOMES.filter((one) => one === 'keep' || mine.has(one))
  })

  /** Where the place dispatches such matters as a rule, an answer at once would owe a reason. */
  function usual(): Outcome {
    const wanted: Outcome = isAsked(forms.answer.value, 'reason', kind.value) ? 'prepare' : 'answer'
    return outcomes.value.includes(wanted) ? wanted : 'keep'
  }
  /** What is done with it follows from its kind, until something else is chosen. */
  function choose(wanted: string): void {
    matter.values.kind = wanted
    if (!matter.made) matter.outcome = usual()
  }
  watch([forms.answer, outcomes], () => {
    if (!worthKeeping(matter) || !outcomes.value.includes(matter.outcome)) matter.outcome = usual()
  })
  watch(outOfSight, (now) => {
    if (!now && !matter.made) matter.outcome = usual()
  })

  const form = computed(() => {
    const whole = forms.register.value
    if (!whole) return undefined
    const made = forKind(whole, kind.value, matter.whole, also)
    if (matter.outcome !== 'prepare') return made
    // What is prepared for dispatch says of itself what it needs; what is asked already is not asked twice.
    const needed = (forms.prepare.value?.required ?? []).filter((name) => whole.properties?.[name])
    const properties = { ...made.properties }
    for (const name of needed) properties[name] ??= whole.properties![name]!
    return { ...made, properties, required: [...new Set([...(made.required ?? []), ...needed])] }
  })
  const handling = computed(() => {
    if (matter.outcome === 'keep') return undefined
    const whole = forms[matter.outcome].value
    return whole && forKind(whole, kind.value, false)
  })

  // A place's defaults; what was typed stays.
  watch(
    forms.register,
    (schema) => schema && Object.assign(matter.values, { ...defaultsOf(schema), ...matter.values, caller: { ...groupOf(defaultsOf(schema), 'caller'), ...groupOf(matter.values, 'caller') } }),
    { immediate: true },
  )
  for (const verb of ['answer', 'refuse', 'transfer'] as const) {
    watch(forms[verb], (schema) => schema && (matter.handling[verb] = { ...defaultsOf(schema), ...matter.handling[verb] }), { immediate: true })
  }

  function appeal(schema: FormSchema): Appeal {
    const { title, ...body } = bodyOf(schema, matter.values, zone.value)
    return { ...body, title: title ?? titleFrom(textOf(matter.values, 'content')) } as unknown as Appeal
  }

  function steps(schema: FormSchema): Values {
    if (matter.outcome !== 'prepare') return bodyOf(schema, matter.handling[matter.outcome as Verb], zone.value)
    return Object.fromEntries((schema.required ?? []).map((name) => [name, matter.values[name]]))
  }

  /** What is missing, by field. */
  function look(): boolean {
    const found: Record<string, string> = {}
    if (form.value && !matter.made) {
      for (const { name, title } of missing(form.value, matter.values)) if (name !== MAY_BE_MADE_UP) found[name] = say(title)
    }
    if (handling.value && matter.outcome !== 'prepare') {
      const typed = matter.handling[matter.outcome as Verb]
      for (const { name, title } of missing(handling.value, typed)) found[`${matter.outcome}.${name}`] = say(title)
      const ways = missingWays(handling.value, typed)
      const first = handling.value.anyOf?.[0]?.required[0]
      if (ways.length && first) found[`${matter.outcome}.${first}`] = say(ways.join(' / '))
    }
    lacking.value = found
    return Object.keys(found).length === 0
  }

  async function send(body: Appeal): Promise<OrderMade> {
    // The client's types lose fields that hold any object (caller).
    return ask(api.POST('/api/v1/orders', { params: { header: { 'Idempotency-Key': matter.key } }, body })) as Promise<OrderMade>
  }

  /** Registers it; true when an earlier submission, thought lost, turned out to have arrived. */
  async function register(schema: FormSchema): Promise<boolean> {
    const body = appeal(schema)
    const before = matter.sent
    matter.sent = JSON.stringify(body)
    let earlier = false
    let order: OrderMade
    try {
      order = await send(body)
    } catch (error) {
      const refused = asProblem(error)
      if (refused.code === 'key_reused' && before !== null) {
        order = await send(JSON.parse(before) as Appeal)
        earlier = true
      } else {
        if (!refused.lost && refused.status < 500) matter.sent = before
        throw error
      }
    }
    matter.made = { number: order.number, version: order.version, code: order.query_code ?? null }
    done.value = order
    return earlier
  }

  /** Does what was chosen; true as `register`. */
  async function handle(made: NonNullable<Matter['made']>): Promise<boolean> {
    if (matter.outcome === 'keep' || !handling.value) return false
    const verb = matter.outcome
    try {
      done.value = await act(made.number, verb, steps(handling.value), made.version, `${matter.key}-${verb}`)
    } catch (error) {
      const refused = asProblem(error)
      // What was sent before under this key, and thought lost, had arrived.
      if (refused.code === 'key_reused') return true
      if (refused.stale) made.version = (await read(made.number).catch(() => undefined))?.version ?? made.version
      throw error
    }
    return false
  }

  function read(number: string): Promise<Brief> {
    return ask(api.GET('/api/v1/orders/{number}', { params: { path: { number } } }))
  }

  async function submit(): Promise<boolean> {
    if (busy.value || !form.value) return false
    problem.value = undefined
    if (!look()) return false
    busy.value = true
    try {
      const earlier = matter.made ? false : await register(form.value)
      const made = matter.made!
      const earlierStep = await handle(made)
      const order = done.value?.number === made.number && !earlierStep ? done.value : await read(made.number).catch(() => undefined)
      receipt.value = { number: made.number, code: made.code, order, earlier: earlier || earlierStep }
      await clear()
      void queries.invalidateQueries({ queryKey: ['caller'] })
      return true
    } catch (error) {
      problem.value = asProblem(error)
      return false
    } finally {
      busy.value = false
    }
  }

  async function clear(): Promise<void> {
    const whole = forms.register.value
    const caller = whole ? groupOf(defaultsOf(whole), 'caller') : {}
    Object.assign(matter, fresh({ ...(whole ? defaultsOf(whole) : {}), caller, ...start }))
    for (const verb of ['answer', 'refuse', 'transfer'] as const) matter.handling[verb] = forms[verb].value ? defaultsOf(forms[verb].value) : {}
    matter.outcome = usual()
    lacking.value = {}
    problem.value = undefined
    await draft.done()
  }

  return { matter, kind, form, forms, handling, outcomes, outOfSight, lacking, problem, busy, receipt, draft, choose, submit, clear }
}
