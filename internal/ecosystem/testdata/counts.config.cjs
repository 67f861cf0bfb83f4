require('fs').appendFileSync(__dirname + '/count', 'x');
const { name } = require('./counts-name.cjs');
module.exports = { apps: [{ name, script: 'app.js' }] };
