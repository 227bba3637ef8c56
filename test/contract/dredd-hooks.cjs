// Dredd loads hooks only from files. This one passes every transaction to the test that runs Dredd.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const hooks = require('hooks');
const { before, after } = hooks.configuration.custom;

hooks.beforeEach((transaction) => {
  try {
    before(transaction);
  } catch (error) {
    transaction.fail = String(error);
  }
});
hooks.afterEach((transaction) => after(transaction));
