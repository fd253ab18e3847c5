-- Configuration of the language server, for vim.lsp.enable('prism'). See :help prism

---@type vim.lsp.Config
return {
  cmd = { 'prism-lsp' },
  filetypes = { 'markdown', 'text' },
  root_markers = { 'prism.toml', '.git' },
  -- One server for all documents: it holds a language model.
  reuse_client = function(client, config)
    return client.name == config.name
  end,
  before_init = function(params, config)
    require('prism').before_init(params, config)
  end,
  handlers = {
    ['prism/state'] = function(_, state)
      require('prism').on_state(state)
    end,
  },
}
