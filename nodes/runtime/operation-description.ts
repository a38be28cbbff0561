import { z } from 'zod';
import type { OperationDeclaration } from '../../src/contract/operation';

/** A field of an operation's input, as the editor shows it. */
export interface InputField {
  readonly name: string;
  readonly isOptional: boolean;
}

/** An operation as the editor shows it: what it does, what it wants, what it answers. */
export interface OperationDescription extends Pick<
  OperationDeclaration,
  'id' | 'group' | 'role' | 'summary'
> {
  readonly method: string;
  readonly path: string;
  readonly input: readonly InputField[];
  /** The fields of the answer, or of each thing in it if it is a list; none where it has no fixed fields. */
  readonly answer: { readonly isList: boolean; readonly fields: readonly string[] };
}

interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Shape>>;
}

/** Describes an operation for the editor. */
export function describeOperation(operation: OperationDeclaration): OperationDescription {
  const { id, group, role, summary, rest } = operation;
  const { properties = {}, required = [] } = shapeOf(operation.input, 'input');
  const answer = shapeOf(operation.answer, 'output');
  const isList = answer.type === 'array';
  const fields = Object.keys((isList ? answer.items : answer)?.properties ?? {});
  return {
    ...{ id, group, role, summary, method: rest.method, path: rest.path },
    input: Object.keys(properties).map((name) => ({ name, isOptional: !required.includes(name) })),
    answer: { isList, fields },
  };
}

/** The schema's shape, and that of the things in it if it is a list, wherever they are defined. */
function shapeOf(schema: z.ZodType, io: 'input' | 'output'): Shape {
  const whole = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Shape;
  const resolve = (shape: Shape): Shape => {
    const name = shape.$ref?.replace('#/$defs/', '');
    return (name !== undefined && whole.$defs?.[name]) || shape;
  };
  const shape = resolve(whole);
  return shape.items ? { ...shape, items: resolve(shape.items) } : shape;
}
