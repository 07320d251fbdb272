// How does Daybook stand inside an HTTP API? Tokens, statuses, uploads and downloads as streams, an orderly end. See README.md.
// Run: npx -y pnpm@10 example:http
import { readConfig } from './config';
import { logError } from './log';
import { startServer } from './server';

const config = readConfig(process.env);
const { url, firstToken, close } = await startServer(config);
console.log(`API=${url}`);
if (firstToken === undefined) console.log(`Whose tokens are known stands in ${config.users}.`);
else console.log(`TOKEN=${firstToken}   # alice's, shown this once; her user stands in ${config.users}`);

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  // A second signal ends the process at once, as signals do.
  process.once(signal, () => {
    close().catch((error) => {
      logError(error);
      process.exitCode = 1;
    });
  });
}
