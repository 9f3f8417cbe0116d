import ICAL from 'ical.js';
import { z } from 'zod';

const property = z
  .tuple([z.string(), z.record(z.string(), z.unknown()), z.string()], z.unknown())
  .transform(([name, parameters, type, ...values]) => ({ name, parameters, type, values }));
export type Property = z.output<typeof property>;

export interface Component {
  readonly name: string;
  readonly properties: readonly Property[];
  readonly components: readonly Component[];
}

const component: z.ZodType<Component> = z.lazy(() =>
  z
    .tuple([z.string(), z.array(property), z.array(component)])
    .transform(([name, properties, components]) => ({ name, properties, components })),
);

/** Reads one calendar or component (RFC 7265 is what comes of it). @throws Error for text that is none. */
export function parseBlock(text: string): Component {
  return component.parse(ICAL.parse(text));
}

export function propertiesOf({ properties }: Component, name: string): Property[] {
  return properties.filter((one) => one.name === name);
}

/** The first of a name. */
export function propertyOf(of: Component, name: string): Property | undefined {
  return of.properties.find((one) => one.name === name);
}

/** The text of a property's first value; '' where there is none. */
export function textOf(of: Component, name: string): string {
  const value = propertyOf(of, name)?.values[0];
  return typeof value === 'string' ? value.trim() : '';
}

export function parameterOf({ parameters }: Property, name: string): string {
  const value = parameters[name];
  return typeof value === 'string' ? value : '';
}
