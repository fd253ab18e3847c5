-- The commands. Everything is computed by the language server; here it is only asked.

local M = {}

---@class prism.State what the server last said of itself
---@field engine 'starting'|'downloading'|'reading'|'ready'|'failed'
---@field message string
---@field mode 'prominent'|'focus'
---@field focus? string id of the feature that is shown alone

---@class prism.Feature
---@field id string
---@field name string
---@field family string
---@field description string

---@type prism.State?
M.state = nil

local NOT_RUNNING = 'Prism is not running. Open a Markdown or text file after '
  .. "vim.lsp.enable('prism'); see :checkhealth prism"

---@param message string
---@param level? integer
local function say(message, level)
  vim.notify(message, level or vim.log.levels.INFO)
end

---@return vim.lsp.Client?
function M.client()
  return vim.lsp.get_clients({ name = 'prism', bufnr = 0 })[1] or vim.lsp.get_clients({ name = 'prism' })[1]
end

---Run a command of the server.
---@param command string
---@param arguments any[]
---@param done? fun(result: any)
function M.execute(command, arguments, done)
  local client = M.client()
  if not client then
    return say(NOT_RUNNING, vim.log.levels.WARN)
  end
  local params = { command = command, arguments = arguments }
  client:request('workspace/executeCommand', params, function(err, result)
    if err then
      say(err.message, vim.log.levels.ERROR)
    elseif done then
      done(result)
    end
  end)
end

---The features of the model pack, in its order; waits for the model if it is being loaded.
---@param done fun(features: prism.Feature[])
function M.features(done)
  M.execute('prism.features', {}, done)
end

---Show one feature as a heat map; without an id, ask which.
---@param id? string
function M.focus(id)
  if id and id ~= '' then
    return M.execute('prism.focus', { id })
  end
  M.features(function(features)
    vim.ui.select(features, {
      prompt = 'Show one feature:',
      kind = 'prism_feature',
      format_item = function(feature)
        return ('%s (%s)'):format(feature.name, feature.family)
      end,
    }, function(feature)
      if feature then
        M.execute('prism.focus', { feature.id })
      end
    end)
  end)
end

---Colour each sentence by its strongest feature again.
function M.unfocus()
  M.execute('prism.unfocus', {})
end

---Make a concept of the project's own from the sentences of some lines; without a name, ask for it.
---@param name string
---@param first integer 1-based line
---@param last integer
function M.new_concept(name, first, last)
  if name == '' then
    return vim.ui.input({ prompt = 'What do these sentences have? ' }, function(given)
      if given and given ~= '' then
        M.new_concept(given, first, last)
      end
    end)
  end
  local lines = { start = { line = first - 1, character = 0 }, ['end'] = { line = last, character = 0 } }
  local argument = { uri = vim.uri_from_bufnr(0), with = { lines }, name = name }
  M.execute('prism.newConcept', { argument }, function(made)
    say(('Look through %s.toml and save it: then “%s” is a feature.'):format(made.id, name))
  end)
end

---Restart the language model; if the server itself has ended, start it.
function M.restart()
  if M.client() then
    M.execute('prism.restartEngine', {})
  else
    vim.lsp.enable('prism')
  end
end

---Ids of features that begin with what has been typed.
---@param typed string
---@return string[]
function M.complete(typed)
  local client = M.client()
  local params = { command = 'prism.features', arguments = {} }
  local answer = client and client:request_sync('workspace/executeCommand', params, 1000)
  local ids = vim.tbl_map(function(feature)
    return feature.id
  end, answer and answer.result or {})
  return vim.tbl_filter(function(id)
    return vim.startswith(id, typed)
  end, ids)
end

---A few words for the status line: nothing while sentences show their strongest feature.
---@return string
function M.status()
  local state = M.state
  if not state or not M.client() then
    return ''
  elseif state.engine == 'failed' then
    return 'Prism: stopped'
  elseif state.engine ~= 'ready' then
    return 'Prism: ' .. state.engine
  end
  return state.mode == 'focus' and state.focus or ''
end

-- What lsp/prism.lua calls

---Hand the settings over, and let the server read every file type that it is started for (TOML holds rules, no prose).
---@param params lsp.InitializeParams
---@param config vim.lsp.ClientConfig
function M.before_init(params, config)
  local settings = vim.tbl_get(config, 'settings', 'prism') or {}
  local languages = vim.list_extend({ 'markdown', 'plaintext', 'text' }, config.filetypes or {})
  local seen = { toml = true }
  languages = vim.tbl_filter(function(language)
    local new = not seen[language]
    seen[language] = true
    return new
  end, languages)
  local options = vim.tbl_get(params, 'initializationOptions', 'prism') or {}
  options = vim.tbl_extend('force', { languages = languages }, options, settings, { notifications = true })
  params.initializationOptions = { prism = options }
end

---@param state prism.State
function M.on_state(state)
  for key, value in pairs(state) do
    state[key] = value ~= vim.NIL and value or nil
  end
  M.state = state
  vim.cmd.redrawstatus({ bang = true })
  vim.api.nvim_exec_autocmds('User', { pattern = 'PrismState', modeline = false })
end

---Titles of what is going on, by progress token.
---@type table<string|integer, string>
local titles = {}

---What takes longer is told in the command line. vim.g.prism_progress = false leaves it to other plugins.
---@param event { data: { client_id: integer, params: { token: string|integer, value: table } } }
function M.on_progress(event)
  local client = vim.lsp.get_client_by_id(event.data.client_id)
  if not client or client.name ~= 'prism' or vim.g.prism_progress == false or vim.fn.mode():find('^[cr]') then
    return
  end
  local token, value = event.data.params.token, event.data.params.value
  local text = ''
  if value.kind == 'end' then
    titles[token] = nil
  else
    titles[token] = value.title or titles[token] or 'Prism'
    local percentage = value.percentage and (' %d %%'):format(value.percentage) or ''
    text = titles[token] .. (value.message and ': ' .. value.message or ' …') .. percentage
    text = vim.fn.strcharpart(text, 0, math.max(0, vim.o.columns - 12)) -- never a prompt to hit Enter
  end
  vim.api.nvim_echo({ { text } }, false, {})
end

return M
