// Runs inside the extension host around the real tests, so that a host that died cannot look like success.
const { writeFileSync } = require('node:fs');

exports.run = async () => {
  await require(process.env.SHIM_TESTS).run();
  writeFileSync(process.env.SHIM_FINISHED, 'finished');
};
