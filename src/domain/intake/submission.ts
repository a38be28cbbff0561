/** What REST or a flow says for a thing of the home, in the fields of its MQTT message; read by the same reader. */
export interface Submission {
  readonly kind: 'device' | 'sensor' | 'meter';
  readonly id: number;
  readonly said: Readonly<Record<string, unknown>>;
}

/** The fields as JSON: how the journal keeps them, and what their size is measured by. */
export function submittedText({ said }: Submission): string {
  return JSON.stringify(said, (_name, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}
