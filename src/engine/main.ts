import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { answerProbe, type ExecutionProvider } from '../onnx/index.ts';
import { OpenModels } from './open-models.ts';
import { serve } from './serve.ts';

/** The word that makes this program try one execution provider and end. */
const PROBE = '--probe-provider';

/** The engine's process: forked by the extension host, it answers the requests of protocol.ts until told to end. */
if (process.argv[2] === PROBE) {
  await answerProbe(process.argv[3] as ExecutionProvider);
} else {
  const connection = createMessageConnection(new IPCMessageReader(process), new IPCMessageWriter(process));
  const log = (text: string): void => void process.stderr.write(`${text}\n`);
  const startProbe = (provider: ExecutionProvider) => ({
    command: process.execPath,
    args: [...process.execArgv, process.argv[1], PROBE, provider],
  });
  const models = new OpenModels(
    { startProbe },
    {
      chosen: notes => notes.forEach(note => process.stdout.write(`${note}\n`)),
      failed: (notice, detail) => log(`${notice}\n${detail}`),
    },
  );
  serve(connection, models, log);
  // The extension host has gone: nobody reads the answers.
  process.on('disconnect', () => process.exit(0));
  connection.listen();
}
