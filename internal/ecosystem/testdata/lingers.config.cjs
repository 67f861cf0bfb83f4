const child = require('child_process').spawn('sleep', ['3600']);
require('fs').writeFileSync(__dirname + '/child.pid', String(child.pid));
setInterval(() => {}, 1000);
module.exports = { apps: [{ name: 'api', script: 'app.js' }] };
