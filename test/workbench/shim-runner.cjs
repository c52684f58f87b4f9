// Runs inside the extension host around the real tests, so that a host that died cannot look like success.
/* eslint-disable @typescript-eslint/no-require-imports -- the extension host loads its tests as CommonJS */
const { writeFileSync } = require('node:fs');

exports.run = async () => {
  await require(process.env.SHIM_TESTS).run();
  writeFileSync(process.env.SHIM_FINISHED, 'finished');
};
