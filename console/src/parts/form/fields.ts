import type { FormSchema, Option, Property, Widget } from './schema'

/** A field of a form this console makes itself, where the API describes none. */
export interface FieldOf {
  /** Names in Chinese and English. */
  title: [zh: string, en: string]
  widget?: Widget
  hint?: [zh: string, en: string]
  required?: boolean
  options?: readonly Option[]
  default?: unknown
  most?: number
}

/** A form of those fields, in their order. */
export function formOf(fields: Record<string, FieldOf>): FormSchema {
  const properties: Record<string, Property> = {}
  for (const [name, { title, widget, hint, options, most, default: first }] of Object.entries(fields)) {
    properties[name] = {
      title: title[0],
      'x-title-en': title[1],
      'x-widget': widget ?? 'line',
      ...(hint ? { 'x-hint': hint[0], 'x-hint-en': hint[1] } : {}),
      ...(options ? { 'x-options': [...options] } : {}),
      ...(first !== undefined ? { default: first } : {}),
      ...(most ? { maxLength: most } : {}),
    }
  }
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required ? [name] : []))
  return { properties, required }
}

interface Word {
  value: string
  zh: string
  en: string
}

/** Words of the vocabulary as choices. */
export function optionsOf(words: readonly Word[] | undefined): Option[] {
  return (words ?? []).map(({ value, zh, en }) => ({ value, label: zh, label_en: en }))
}
