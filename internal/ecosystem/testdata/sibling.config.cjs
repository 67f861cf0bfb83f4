const { app } = require('./lib/shared.cjs');
module.exports = { apps: [app('one'), app('two')] };
