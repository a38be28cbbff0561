import type { AlertType, Severity } from '../../contract/alert';
import type { Text } from '../../contract/language';
import type { Sensor, SensorValue } from '../../contract/sensor';
import { STEADY, type Finding, type Timing } from './watch';

/** What a rule can look at. */
export interface Facts {
  readonly value: SensorValue | null;
  /** In %. */
  readonly battery: number | null;
  /** False once it has been silent for too long; null before it was ever heard. */
  readonly online: boolean | null;
}

export type Field = keyof Facts;

export const COMPARISONS = ['==', '!=', '>', '>=', '<', '<='] as const;

export type Comparison = (typeof COMPARISONS)[number];

/** When a rule holds. */
export type Condition =
  | {
      readonly kind: 'compare';
      readonly field: Field;
      readonly is: Comparison;
      readonly than: SensorValue;
      /** Hysteresis: it is over once it no longer holds for this value either: `> 30`, over at 28. */
      readonly overAt?: number;
    }
  /** It is another than before. */
  | { readonly kind: 'change'; readonly field: Field }
  /** Its owner finds out, from all that is known of the sensor; null: it can't say. */
  | { readonly kind: 'expression'; readonly holds: (sensor: Sensor) => Promise<boolean | null> }
  /** Nothing came for so long. */
  | { readonly kind: 'absence'; readonly forMs: number };

/** What raises which alert; the sensors it looks at are its owner's business. */
export interface Rule {
  /** Its own name, the same after a restart. */
  readonly id: string;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly condition: Condition;
  /** Templates with `{sensor}`, `{location}`, `{value}`, `{unit}`, `{battery}`. */
  readonly message: Text;
  readonly forMs: number;
  readonly coolDownMs: number;
}

/** What a rule finds in what a sensor says. */
export function evaluate(condition: Condition, now: Facts, before: Facts | null): Finding {
  if (condition.kind === 'absence' || condition.kind === 'expression') return 'clear';
  const fact = now[condition.field];
  if (fact === null) return 'between';
  if (condition.kind === 'change') {
    const was = before?.[condition.field] ?? null;
    return was !== null && was !== fact ? 'met' : 'clear';
  }
  const { is, than, overAt } = condition;
  if (compare(fact, is, than)) return 'met';
  return overAt !== undefined && compare(fact, is, overAt) ? 'between' : 'clear';
}

/** An absence begins anew with each message: its wait is the rule's own. */
export function timingOf({ condition, severity, forMs, coolDownMs }: Rule): Timing {
  return {
    forMs: condition.kind === 'absence' ? condition.forMs : forMs,
    coolDownMs,
    steadyMs: STEADY[severity === 'critical' ? 'critical' : 'other'],
  };
}

function compare(fact: SensorValue, is: Comparison, than: SensorValue): boolean {
  if (is === '==') return fact === than;
  if (is === '!=') return fact !== than;
  // A yes or no is neither more nor less than anything.
  if (typeof fact !== 'number' || typeof than !== 'number') return false;
  switch (is) {
    case '>':
      return fact > than;
    case '>=':
      return fact >= than;
    case '<':
      return fact < than;
    case '<=':
      return fact <= than;
  }
}
