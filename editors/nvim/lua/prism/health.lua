-- :checkhealth prism

local M = {}

function M.check()
  local health = vim.health
  health.start('Prism')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim is ' .. tostring(vim.version()))
  else
    health.error('Prism needs Neovim 0.11 or newer.')
    return
  end
  local config = vim.lsp.config.prism
  if not config or not config.cmd then
    health.error('There is no configuration for the server.', "Is this plugin's folder on 'runtimepath'?")
    return
  end
  local program = type(config.cmd) == 'table' and config.cmd[1]
  if program and vim.fn.executable(program) == 0 then
    health.error(
      ('The program “%s” cannot be run.'):format(program),
      "Install prism-lsp, or name it: vim.lsp.config('prism', { cmd = { '/path/to/prism-lsp' } })"
    )
  elseif program then
    health.ok('The server is ' .. vim.fn.exepath(program))
  end
  if vim.lsp.is_enabled and not vim.lsp.is_enabled('prism') then
    health.warn('The server is not enabled.', "Put vim.lsp.enable('prism') into your init.lua.")
  end
  local client = require('prism').client()
  if client then
    local state = require('prism').state or { engine = 'starting', message = '' }
    local message = state.message ~= '' and ': ' .. state.message or ''
    local report = state.engine == 'failed' and health.error or health.ok
    report(('It is running, %s%s.'):format(state.engine, message))
  else
    local types = table.concat(config.filetypes or {}, ' or '):gsub('%f[%w]toml%f[%W]', 'toml (prism.toml only)')
    health.info(('It is not running: it starts with the first file of type %s.'):format(types))
  end
  if not vim.o.termguicolors then
    health.warn('The shades need a terminal with 24-bit colours.', ':set termguicolors, if your terminal has them.')
  end
end

return M
