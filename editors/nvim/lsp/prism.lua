-- Configuration of the language server, for vim.lsp.enable('prism'). See :help prism

---@type vim.lsp.Config
return {
  cmd = { 'prism-lsp' },
  filetypes = { 'markdown', 'text', 'tex', 'plaintex', 'rst', 'asciidoc', 'org', 'quarto', 'rmd', 'toml' },
  root_markers = { 'prism.toml', '.prism', '.git' },
  -- Of TOML files, only a project's rules and concepts are ours.
  root_dir = function(buffer, found)
    local name = vim.fs.normalize(vim.api.nvim_buf_get_name(buffer))
    local ours = vim.fs.basename(name) == 'prism.toml' or name:find('/%.prism/concepts/[^/]+%.toml$')
    if vim.bo[buffer].filetype ~= 'toml' or ours then
      found(vim.fs.root(buffer, vim.lsp.config.prism.root_markers))
    end
  end,
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
