// Dredd loads hooks only from files. This one passes every transaction to the test that runs Dredd; it uses callbacks
// because Dredd does not wait for promises.
// eslint-disable-next-line @typescript-eslint/no-require-imports
const hooks = require('hooks');
const { before, after } = hooks.configuration.custom;

hooks.beforeEach((transaction, done) => {
  before(transaction).then(done, (error) => {
    transaction.fail = String(error);
    done();
  });
});
hooks.afterEach((transaction, done) => {
  after(transaction).then(done, done);
});
