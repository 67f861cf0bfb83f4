const path = require('path');
const os = require('os');

class Defaults {
  constructor() { this.autorestart = false; this.cron_restart = '*/5 * * * *'; }
  get max_restarts() { return 3; } // PM2 does not see it
  get namespace() { return 'jobs'; } // and it sees this
}
const common = { max_restarts: 5, min_uptime: '5s', env: { TOKEN: 'hidden-plain' } };

module.exports = {
  apps: [
    { name: 'api', script: 'app.js', cwd: __dirname, instances: 'max', ...common },
    { name: process.env.UNSET_NAME || 'worker', script: path.join(__dirname, 'app.js'), instances: 2, exec_mode: 'cluster', max_memory_restart: '300M' },
    Object.assign(new Defaults(), { name: 'cron', script: './app.js', cron_restart_: os.cpus().length, restart_delay: 100, handler() {}, nothing: undefined }),
    { script: './tool.sh', interpreter: 'bash', args: ['--token', 'hidden-args'], watch: ['lib'] },
  ],
  deploy: { production: { key: 'hidden-deploy' } },
};
