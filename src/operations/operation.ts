import type { z } from 'zod';
import type { OperationDeclaration, RunningCall } from '../contract/operation';
import type { Services } from '../services/services';

/** One thing Aurion can do, whole. REST, the nodes' dialogs, OpenAPI and the role tests all come from it. */
export interface Operation extends OperationDeclaration {
  run(services: Services, input: never, call: RunningCall): unknown;
}

/** Declares an operation; the types of `run` follow from its schemas. */
export function operation<I extends z.ZodObject, A extends z.ZodType>(
  declaration: Omit<OperationDeclaration, 'input' | 'answer' | 'readOnly'> & {
    readonly input: I;
    readonly answer: A;
    readonly readOnly?: boolean;
    run(
      services: Services,
      input: z.output<I>,
      call: RunningCall,
    ): Promise<z.input<A>> | z.input<A>;
  },
): Operation {
  return { ...declaration, readOnly: declaration.readOnly ?? declaration.rest.method === 'GET' };
}
