/** What a Node writable stream has that an export needs. */
export interface NodeWritable {
  write(chunk: Uint8Array, done: (error?: Error | null) => void): boolean;
  end(done: (error?: Error | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  destroy?(error?: Error): unknown;
}

/** Where exported bytes go. It is ended when all is written, and destroyed when the export fails. */
export type Sink = NodeWritable | WritableStream<Uint8Array>;

/** One way to write to either kind. */
export interface SinkWriter {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
  abort(reason: unknown): Promise<void>;
}

export function sinkWriter(sink: Sink): SinkWriter {
  return 'getWriter' in sink ? webWriter(sink) : nodeWriter(sink);
}

function webWriter(sink: WritableStream<Uint8Array>): SinkWriter {
  const writer = sink.getWriter();
  return {
    write: (chunk) => writer.write(chunk),
    end: () => writer.close(),
    abort: (reason) => writer.abort(reason).catch(() => {}),
  };
}

function nodeWriter(sink: NodeWritable): SinkWriter {
  // The failing write or end rejects; without a listener the stream's own event would end the process.
  sink.on('error', () => {});
  const settled = (start: (done: (error?: Error | null) => void) => unknown) =>
    new Promise<void>((resolve, reject) => {
      start((error) => (error ? reject(error) : resolve()));
    });
  return {
    write: (chunk) => settled((done) => sink.write(chunk, done)),
    end: () => settled((done) => sink.end(done)),
    abort: async (reason) => {
      sink.destroy?.(reason instanceof Error ? reason : new Error(String(reason)));
    },
  };
}
