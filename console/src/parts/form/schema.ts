import { locale } from '@/words'
import { withOffset } from '../zone'

/** A choice of a field; `when`: open only while those fields hold those values. */
export interface Option {
  value: string | number
  label: string
  label_en: string
  hint?: string
  hint_en?: string
  when?: Record<string, unknown>
}

export type Widget =
  | 'line' | 'text' | 'number' | 'yes_no' | 'choice' | 'choices' | 'moment' | 'day' | 'map' | 'files' | 'unit' | 'units'
  | 'category' | 'area' | 'hotline' | 'partner' | 'order' | 'knowledge' | 'catalogue' | 'group'

/** A property of a form as docs/orders.md tells, "The form of a verb". */
export interface Property {
  title?: string
  'x-title-en'?: string
  'x-hint'?: string
  'x-hint-en'?: string
  'x-widget'?: Widget
  'x-options'?: Option[]
  'x-from'?: string
  'x-among'?: number[]
  'x-accept'?: string[]
  'x-most-bytes'?: number
  type?: string
  default?: unknown
  minimum?: number
  maximum?: number
  maxLength?: number
  maxItems?: number
  required?: string[]
  properties?: Record<string, Property>
}

export interface FormSchema {
  properties?: Record<string, Property>
  required?: string[]
  anyOf?: { required: string[] }[]
}

/** What was typed, by name of the field. */
export type Values = Record<string, unknown>

export interface Field {
  name: string
  property: Property
  widget: Widget
  title: string
  hint: string
  required: boolean
}

/** The API's description of a body is any JSON schema; what `/verbs` and `/forms` send are forms. */
export function asForm(body: object): FormSchema {
  return body as FormSchema
}

export function titleOf(name: string, property: Property): string {
  return (locale() === 'en' ? property['x-title-en'] : undefined) ?? property.title ?? name
}

export function fieldsOf(schema: FormSchema): Field[] {
  const must = new Set(schema.required ?? [])
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    property,
    widget: property['x-widget'] ?? 'line',
    title: titleOf(name, property),
    hint: (locale() === 'en' ? property['x-hint-en'] : property['x-hint']) ?? '',
    required: must.has(name),
  }))
}

/** What a fresh form holds. */
export function defaultsOf(schema: FormSchema): Values {
  const made: Values = {}
  for (const { name, property, widget } of fieldsOf(schema)) {
    if (widget === 'group') made[name] = defaultsOf(property)
    else if (property.default !== undefined) made[name] = Array.isArray(property.default) ? [...(property.default as unknown[])] : property.default
  }
  return made
}

function empty(value: unknown): boolean {
  if (value === undefined || value === null) return true
  if (typeof value === 'string') return value.trim() === ''
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(empty)
}

/** The body to send: what is empty is left out, times get the offset of the place's zone. */
export function bodyOf(schema: FormSchema, values: Values, zone: string): Values {
  const made: Values = {}
  for (const { name, property, widget } of fieldsOf(schema)) {
    const value = values[name]
    if (empty(value)) continue
    if (widget === 'group') made[name] = bodyOf(property, value as Values, zone)
    else if (widget === 'moment') made[name] = withOffset(String(value), zone)
    else if (widget === 'map') made[name] = Object.fromEntries(Object.entries(value as Values).filter(([, text]) => !empty(text)))
    else made[name] = typeof value === 'string' ? value.trim() : value
  }
  return made
}

/** Required fields that are empty, in order; of a map, the whole field. */
export function missing(schema: FormSchema, values: Values): Field[] {
  return fieldsOf(schema).filter(({ name, required, widget, property }) => {
    const value = values[name]
    if (widget === 'map' && required) return (property.required ?? []).some((key) => empty((value as Values | undefined)?.[key]))
    return required && empty(value)
  })
}

/** Titles of fields of which one must be there, where none is. */
export function missingWays(schema: FormSchema, values: Values): string[] {
  const ways = schema.anyOf ?? []
  if (ways.length === 0 || ways.some(({ required }) => required.every((name) => !empty(values[name])))) return []
  return ways.flatMap(({ required }) => required.map((name) => titleOf(name, schema.properties?.[name] ?? {})))
}

/** Whether anything was typed that a fresh form does not hold. */
export function touched(schema: FormSchema, values: Values): boolean {
  return JSON.stringify(bodyOf(schema, values, 'UTC')) !== JSON.stringify(bodyOf(schema, defaultsOf(schema), 'UTC'))
}

/** Choices that are open with what the other fields hold. */
export function openOptions(property: Property, values: Values): Option[] {
  return (property['x-options'] ?? []).filter(({ when }) => !when || Object.entries(when).every(([name, wanted]) => values[name] === wanted))
}
