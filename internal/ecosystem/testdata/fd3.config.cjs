const fs = require('fs');
fs.writeSync(3, '{"config":{"apps":[{"name":"forged"}]}}\n');
process.on('exit', () => { try { fs.writeSync(3, 'more'); } catch {} });
module.exports = { apps: [{ name: 'api', script: 'app.js' }] };
