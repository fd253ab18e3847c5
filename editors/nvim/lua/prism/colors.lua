-- Background shades for the server's semantic tokens: the colour scheme's background, blended with a hue a family.
-- Neovim draws the tokens itself, with the highlight groups @lsp.typemod.<type>.<level>; here they get their colours.

local M = {}

---The hues at full strength, chosen by search: under normal, red-blind, green-blind and blue-blind sight (simulated by
---the matrices of Machado, Oliveira and Fernandes, 2009) any two of the strongest shades are as far apart as they can be.
---tests/nvim/test_nvim_colors.py measures them.
M.hues = {
  dark = { blue = '#1874c2', amber = '#ac8500', green = '#73e1a2', violet = '#d78ffa', red = '#c14261', grey = '#9a9a9a' },
  light = { blue = '#1156b1', amber = '#906e00', green = '#58bd7c', violet = '#b388fe', red = '#9b2432', grey = '#606060' },
}

---Families of features, in the order of the server's legend, and the hue of each.
M.families = {
  { 'sentence', 'blue' },
  { 'verb', 'amber' },
  { 'logic', 'green' },
  { 'narration', 'violet' },
  { 'tone', 'red' },
  { 'feeling', 'red' },
  { 'stance', 'green' },
  { 'imagery', 'amber' },
  { 'structure', 'blue' },
  { 'topic', 'violet' },
  { 'words', 'grey' },
  { 'other', 'grey' },
  { 'project1', 'blue' },
  { 'project2', 'amber' },
  { 'project3', 'green' },
  { 'project4', 'red' },
}

---How much of the hue there is in the shades l1 to l4.
local STRENGTH = { dark = { 0.13, 0.20, 0.27, 0.34 }, light = { 0.11, 0.19, 0.29, 0.40 } }

---Text keeps this contrast with the shade behind it (WCAG 2, level AAA), or four fifths of what it had without a shade.
local CONTRAST = 7

---Background and text where the colour scheme leaves them to the terminal.
local DEFAULT = { dark = { 0x14161b, 0xe0e2ea }, light = { 0xe0e2ea, 0x14161b } }

---@param color integer 24-bit
---@return integer, integer, integer
local function channels(color)
  return math.floor(color / 0x10000) % 0x100, math.floor(color / 0x100) % 0x100, color % 0x100
end

---@param hue string
---@return integer? color 24-bit; nil for a name that is no colour
local function parse(hue)
  local color = vim.api.nvim_get_color_by_name(hue)
  return color >= 0 and color or nil
end

---@param under integer
---@param over integer
---@param amount number 0 to 1
---@return integer
local function blend(under, over, amount)
  local u, o = { channels(under) }, { channels(over) }
  local color = 0
  for i = 1, 3 do
    color = color * 0x100 + math.floor(u[i] + (o[i] - u[i]) * amount + 0.5)
  end
  return color
end

---@param color integer
---@return number luminance 0 to 1
local function luminance(color)
  local sum, weights = 0, { 0.2126, 0.7152, 0.0722 }
  for i, value in ipairs({ channels(color) }) do
    value = value / 255
    sum = sum + weights[i] * (value <= 0.04045 and value / 12.92 or ((value + 0.055) / 1.055) ^ 2.4)
  end
  return sum
end

---@param a integer
---@param b integer
---@return number contrast 1 to 21, as WCAG 2 has it
function M.contrast(a, b)
  local high, low = luminance(a), luminance(b)
  if high < low then
    high, low = low, high
  end
  return (high + 0.05) / (low + 0.05)
end

---The shades of one hue on a background: four colours, fainter where the text would lose its contrast.
---@param hue integer
---@param bg integer
---@param fg integer
---@param theme 'dark'|'light'
---@return integer[]
function M.shades(hue, bg, fg, theme)
  local least = math.min(CONTRAST, M.contrast(bg, fg) * 0.8)
  local scale = 1
  while scale > 0.05 and M.contrast(blend(bg, hue, STRENGTH[theme][4] * scale), fg) < least do
    scale = scale * 0.9
  end
  return vim.tbl_map(function(amount)
    return blend(bg, hue, amount * scale)
  end, STRENGTH[theme])
end

---@param family string
---@return string type as in the server's legend
function M.token_type(family)
  return 'prism' .. family:sub(1, 1):upper() .. family:sub(2)
end

---@param family string
---@param level integer 1 to 4
---@return string name of the highlight group
function M.group(family, level)
  return ('@lsp.typemod.%s.l%d'):format(M.token_type(family), level)
end

---What was set here last, by group: a group that looks different now is the writer's own, and stays.
---@type table<string, integer>
local ours = {}

---Set every group from the present colour scheme. Hues may be changed by vim.g.prism_hues = { sentence = '#75acf5' }.
function M.set()
  local normal = vim.api.nvim_get_hl(0, { name = 'Normal', link = false })
  local theme = vim.o.background
  local bg, fg = normal.bg or DEFAULT[theme][1], normal.fg or DEFAULT[theme][2]
  local own = vim.g.prism_hues or {}
  for _, family in ipairs(M.families) do
    local name, hue = family[1], M.hues[theme][family[2]]
    if own[name] then
      if not parse(own[name]) then
        vim.notify(('Prism: g:prism_hues.%s = "%s" is no colour.'):format(name, own[name]), vim.log.levels.WARN)
      else
        hue = own[name]
      end
    end
    for level, shade in ipairs(M.shades(assert(parse(hue)), bg, fg, theme)) do
      local group = M.group(name, level)
      local now = vim.api.nvim_get_hl(0, { name = group })
      if vim.tbl_isempty(now) or vim.deep_equal(now, { bg = ours[group] }) then
        vim.api.nvim_set_hl(0, group, { bg = shade })
        ours[group] = shade
      end
    end
  end
end

return M
