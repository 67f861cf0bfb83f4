const child = require('child_process').spawn('sleep', ['3600'], { stdio: 'ignore' });
require('fs').writeFileSync(__dirname + '/child.pid', String(child.pid));
for (;;);
