import type { Operations } from "./operations.ts";

/** What all contexts of a worker have in common. */
export interface ContextParts {
  readonly config: WorkerConfig;
  readonly log: WorkerLog;
  readonly emit: EmitEvent;
  readonly operations: Operations;
}

/**
 * What the app's code gets of its worker, made for each call and so as cheap as can be. All of these are own
 * properties: a context can be taken apart and copied. It works after its call has ended, then on nobody's behalf.
 */
export abstract class Context implements WorkerContext {
  readonly appId: string;
  readonly runtimeUrl: string;
  readonly databaseUrl: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly log: WorkerLog;
  readonly emit: EmitEvent;
  readonly collection: WorkerContext["collection"];
  readonly sql: WorkerContext["sql"];

  /** @param call the id of the call or job that it is for; without one, what is done is the app's own */
  constructor({ config, log, emit, operations }: ContextParts, call?: string) {
    this.appId = config.appId;
    this.runtimeUrl = config.runtimeUrl;
    this.databaseUrl = config.databaseUrl;
    this.credentials = config.credentials;
    this.log = log;
    this.emit = emit;
    this.collection = (entity) => operations.collection(entity, call);
    this.sql = (text, params) => operations.sql(text, params, call);
  }
}

/** What `onStart` and handlers get. */
export class FrozenContext extends Context {
  constructor(parts: ContextParts, call?: string) {
    super(parts, call);
    Object.freeze(this);
  }
}
